"""What the server is measured against, and the C program that plays its clients."""
