"""What the playground is measured against. Nothing here is part of the product."""
