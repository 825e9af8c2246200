# cmake -D INPUT=flame_svg.js -D OUTPUT=flame_svg.js.c -D HEADER=export/embedded.h -P embed.cmake: a
# file as a C array. -D HASH=ON: its SHA-256, too.
get_filename_component(name ${INPUT} NAME)
string(MAKE_C_IDENTIFIER ${name} identifier)
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1, " bytes "${bytes}")
string(REGEX REPLACE "((0x.., ){16})" "\\1\n\t" bytes "${bytes}")
file(WRITE ${OUTPUT}
	"#include \"${HEADER}\"\n\nconst char ${identifier}[] = {\n\t${bytes}0x00};\n")
if(HASH)
	file(SHA256 ${INPUT} hash)
	file(APPEND ${OUTPUT} "const char ${identifier}_sha256[] = \"${hash}\";\n")
endif()
