"""The parts of the server around Streamlit: the gate, signing in, security headers, status."""
