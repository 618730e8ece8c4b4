"""What a message means, by `nlu` and `retrieval` together: in this process, behind a door, or behind another's."""
