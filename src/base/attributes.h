#pragma once

/* A caller that drops the result does not compile. */
#define MUST_CHECK                         __attribute__((warn_unused_result))
#define FORMAT_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

/* Made by a macro for whoever needs it. */
#define MAYBE_UNUSED __attribute__((unused))

/* Runs function(&variable) when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))
