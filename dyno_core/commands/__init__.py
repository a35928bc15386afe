"""The commands of ``python -m dyno_core``, by what they are about."""
