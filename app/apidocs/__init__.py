"""The API's own description: /openapi.json, and /docs to read it."""
