/** Where the brand's Huike answers. WeChat wants a full https address, listed in its console. */
export const API_BASE = 'https://huike.example.com/api/v1'
