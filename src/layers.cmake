add_library(limpet_options INTERFACE)
target_compile_definitions(limpet_options INTERFACE _GNU_SOURCE)
target_compile_options(limpet_options INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
	-Wwrite-strings -Wcast-qual)
target_include_directories(limpet_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(LIMPET_WERROR)
	target_compile_options(limpet_options INTERFACE -Werror)
endif()
if(LIMPET_SANITIZE)
	target_compile_options(limpet_options INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
	target_link_options(limpet_options INTERFACE -fsanitize=address,undefined)
endif()
if(LIMPET_FUZZ)
	target_compile_options(limpet_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# limpet_layer(NAME SOURCES file... [USES layer...] [LIBRARIES library...]): one folder of src as
# one static library, linked with the layers below that it may use.
function(limpet_layer name)
	cmake_parse_arguments(PARSE_ARGV 1 LAYER "" "" "SOURCES;USES;LIBRARIES")
	add_library(${name} STATIC ${LAYER_SOURCES})
	set_target_properties(${name} PROPERTIES OUTPUT_NAME limpet_${name})
	target_link_libraries(${name} PUBLIC limpet_options ${LAYER_USES} PRIVATE ${LAYER_LIBRARIES})
endfunction()

# limpet_unit_test(NAME SOURCES file... USES layer...): a cmocka program that links its layers only.
function(limpet_unit_test name)
	cmake_parse_arguments(PARSE_ARGV 1 TEST "" "" "SOURCES;USES;LIBRARIES")
	add_executable(test_${name} ${TEST_SOURCES})
	target_link_libraries(test_${name} PRIVATE ${TEST_USES} ${TEST_LIBRARIES} cmocka)
	target_compile_definitions(test_${name} PRIVATE
		TEST_DATA_DIRECTORY="${CMAKE_SOURCE_DIR}/tests/data")
	set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
		${CMAKE_BINARY_DIR}/tests)
	add_test(NAME unit.${name} COMMAND test_${name})
endfunction()

# limpet_fuzz_target(NAME SOURCES file... USES layer...): LLVMFuzzerTestOneInput() under libFuzzer
# with LIMPET_FUZZ, and always a program that replays tests/fuzz/corpus/NAME.
function(limpet_fuzz_target name)
	cmake_parse_arguments(PARSE_ARGV 1 FUZZ "" "" "SOURCES;USES")
	add_executable(replay_${name} ${FUZZ_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
	target_link_libraries(replay_${name} PRIVATE ${FUZZ_USES})
	set_target_properties(replay_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
		${CMAKE_BINARY_DIR}/tests)
	add_test(NAME fuzz.${name}
		COMMAND replay_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
	if(LIMPET_FUZZ)
		add_executable(fuzz_${name} ${FUZZ_SOURCES})
		target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_USES})
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
	endif()
endfunction()
