"""The stack as local processes around a real broker; needs nothing but Python."""
