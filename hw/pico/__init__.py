"""Wi-Fi sensor modules (tank, flow): HTTP bodies in, readings out."""
