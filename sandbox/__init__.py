"""WeChat in a box: plays the platform over real HTTP and keeps a receipt log."""
