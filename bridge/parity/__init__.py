"""Parity: what a runtime gives beside what scikit-learn gives, judged, and shown."""
