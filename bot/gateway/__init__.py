"""The public door: visitors, the socket, REST, the channel for Rasa clients, files, health."""
