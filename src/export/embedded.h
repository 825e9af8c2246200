#pragma once

/* Files of this folder as NUL-terminated text; embed.cmake makes the definitions. */
extern const char flame_svg_css[];
extern const char flame_svg_js[];
extern const char timeline_svg_css[];
