"""The agent: understands what people want of the plan, looks it up, and changes it after a yes.

Its parts are imported by their own names: `agent` (`make_agent`), `turns` (`run_turn`, `answer_approval`, `pending`),
`undo_turns` (`run_undo`), `conversations`, `chat_cli` (`chat_loop`), `checkpoints` (`set_up`). Together they take three
seconds to import, and the command line needs only the last of them.
"""
