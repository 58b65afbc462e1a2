"""What people used: from observers' experiments to maps and references in the canonical frame. Imports no torch."""
