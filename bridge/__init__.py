"""The bridge: values, formats, protocol, service and the façade that panel and command line use."""
