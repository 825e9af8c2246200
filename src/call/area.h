#pragma once

#include "call/borrower.h"

/* The memory that limpet has in the target: one mapping, laid out as in arch/call_stub.h. */
struct call_area {
	uint64_t address; /* 0: there is none */
};

/* Has the target map it and puts the code in. Borrows threads, each for some microseconds. */
struct error *call_area_create(struct call_area *area, struct borrower *borrower) MUST_CHECK;

/* Has the target unmap it. No thread may be in it. */
struct error *call_area_remove(struct call_area *area, struct borrower *borrower) MUST_CHECK;
