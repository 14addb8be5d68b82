"""The WeChat API at the root of the sandbox: shaped and refused as the real one."""
