"""Views of access, one module for each thing a person comes for."""
