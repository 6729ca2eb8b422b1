"""Writers: a document in, a file out. Each form is a module of its own, loaded when it is asked for."""
