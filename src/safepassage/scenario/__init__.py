"""One operation as one folder: schema, reader, validation, writer."""
