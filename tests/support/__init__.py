"""What tests of several layers use."""
