#pragma once

/* page.css, and what it hashes to: SHA-256 in hexadecimal. embed.cmake makes the definitions. */
extern const char page_css[];
extern const char page_css_sha256[];

/* In base64, as the header Content-Security-Policy has it. */
const char *http_page_style_hash(void);
