"""What every converted module is made of: base class, public methods, composites, registry."""
