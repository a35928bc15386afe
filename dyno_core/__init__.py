"""Books vehicles onto dynamometers: matching, booking, planning, reports and the agent."""
