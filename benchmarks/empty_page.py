"""A Streamlit page with one line on it: what any page costs."""

import streamlit as st

if __name__ == "__main__":
    st.html("<p data-testid='empty'>empty</p>")
