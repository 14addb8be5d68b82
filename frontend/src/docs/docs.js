// Starts Swagger UI on our own document; requests from the page are off, since only a machine can sign them.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
})
