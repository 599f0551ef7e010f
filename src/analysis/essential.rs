//! Which edges keep their target alive: the graph that dominators are computed on.
