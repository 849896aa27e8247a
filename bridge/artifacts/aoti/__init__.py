"""Files compiled for one machine by AOTInductor."""
