"""A made-up lab to try the app with: `load_demo` fills an empty database with it."""

from dyno_core.demo.store import DemoSignIn, DemoSignIns, is_demo_loaded, load_demo, load_demo_accounts, reset_demo

__all__ = ["DemoSignIn", "DemoSignIns", "is_demo_loaded", "load_demo", "load_demo_accounts", "reset_demo"]
