"""Issue sketches: what a filing is about, in a form that names nobody and from which no text can be read."""
