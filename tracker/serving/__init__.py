"""What a page on the wall and a phone as the sensor share: an address in the network, who may come, and the server."""
