#include "arch/code_walk.h"

#include <string.h>

#include "arch/instruction.h"
#include "base/array.h"

#define INSTRUCTIONS_MAX 4096 /* of the function */
#define CALLED_MAX       8192 /* of those that it calls, and that they call */
#define KNOWN_MAX        128  /* functions called */
#define PATHS_MAX        64   /* that wait to be followed */
#define VISITED_MAX      256  /* targets of jumps */
#define RETURNS_MAX      8
#define DEPTH_MAX        4 /* of calls that are followed to see whether they return */

enum goal {
	GOAL_RETURN,     /* where the return address is */
	GOAL_PLACE,      /* what the stack pointer is at an instruction */
	GOAL_ANY_RETURN, /* whether there is a way to one */
};

/* What is known at an instruction on a way to it. */
struct path {
	uint64_t pc;
	struct stack_place sp, frame;
	struct stack_place top; /* the highest sp so far: what is below was put there on the way */
	bool sp_known, frame_known;
	bool jumped;                  /* right here */
	struct code_return registers; /* address unused */
};

/* What all walks for one answer share. */
struct question {
	const struct memory_reader *code;
	unsigned left, called_left; /* instructions */
	struct {
		uint64_t function;
		bool returns;
	} known[KNOWN_MAX];
	unsigned known_count;
};

struct walk {
	struct question *question;
	enum goal goal;
	uint64_t place;
	unsigned depth;
	struct path paths[PATHS_MAX];
	unsigned path_count;
	uint64_t visited[VISITED_MAX];
	unsigned visited_count;
	struct code_return found;
	unsigned found_count;
	bool failed;
};

static bool may_return(struct walk *walk, uint64_t function);

static bool was_visited(struct walk *walk, uint64_t pc)
{
	for (unsigned i = 0; i < walk->visited_count; i++)
		if (walk->visited[i] == pc)
			return true;
	if (walk->visited_count == VISITED_MAX) {
		walk->failed = true;
		return true;
	}
	walk->visited[walk->visited_count++] = pc;
	return false;
}

static void add_path(struct walk *walk, const struct path *from, uint64_t pc)
{
	if (was_visited(walk, pc))
		return;
	if (walk->path_count == PATHS_MAX) {
		walk->failed = true;
		return;
	}
	walk->paths[walk->path_count] = *from;
	walk->paths[walk->path_count++].pc = pc;
}

static bool same_place(const struct stack_place *a, const struct stack_place *b)
{
	return a->from_frame == b->from_frame && a->distance == b->distance;
}

static bool same_return(const struct code_return *a, const struct code_return *b)
{
	for (int i = 0; i < CODE_SAVED_COUNT; i++)
		if (a->on_stack[i] != b->on_stack[i] ||
			(a->on_stack[i] && !same_place(&a->saved[i], &b->saved[i])))
			return false;
	return same_place(&a->address, &b->address);
}

static void note(struct walk *walk, const struct path *path)
{
	struct code_return found = path->registers;

	found.address = path->sp;
	if (!path->sp_known && walk->goal != GOAL_ANY_RETURN)
		return;
	/* Lower than at the start: the way led through a function that does not return after all.
	 */
	if (walk->goal == GOAL_RETURN && !found.address.from_frame && found.address.distance < 0)
		return;
	if (!walk->found_count)
		walk->found = found;
	else if (walk->goal == GOAL_RETURN && !same_return(&walk->found, &found))
		walk->failed = true;
	walk->found_count++;
}

/* By the number in the encoding. */
static int saved_index(uint8_t number)
{
	switch (number) {
	case 3:
		return CODE_SAVED_RBX;
	case 5:
		return CODE_SAVED_RBP;
	case 12 ... 15:
		return CODE_SAVED_R12 + number - 12;
	default:
		return -1;
	}
}

/* What was put there on the way is the register's own value again: nothing has changed then. */
static void load(struct path *path, uint8_t number, struct stack_place from)
{
	int index = saved_index(number);

	if (index < 0)
		return;
	if (index == CODE_SAVED_RBP)
		path->frame_known = false;
	if (from.from_frame == path->top.from_frame && from.distance < path->top.distance)
		return;
	path->registers.saved[index] = from;
	path->registers.on_stack[index] = true;
}

/* false: the frame pointer that it is set to is not known. */
static bool move_stack(struct path *path, const struct instruction *instruction)
{
	switch (instruction->stack) {
	case STACK_SAME:
		break;
	case STACK_MOVED:
		path->sp.distance += instruction->stack_distance;
		break;
	case STACK_SETS_FRAME:
		path->frame = path->sp;
		path->frame_known = path->sp_known;
		break;
	case STACK_AT_FRAME:
	case STACK_LEFT:
		if (!path->frame_known)
			return false;
		path->sp = path->frame;
		path->sp_known = true;
		path->sp.distance += instruction->stack_distance;
		if (instruction->stack == STACK_LEFT) {
			load(path, 5, path->sp);
			path->sp.distance += 8;
		}
		break;
	case STACK_UNKNOWN:
		/* As alloca() does it: the frame pointer will tell. */
		path->sp_known = false;
		break;
	}
	return true;
}

static void raise_top(struct path *path)
{
	if (path->sp.from_frame != path->top.from_frame || path->sp.distance > path->top.distance)
		path->top = path->sp;
}

static bool apply(struct path *path, const struct instruction *instruction)
{
	struct stack_place from = path->sp;
	bool known = path->sp_known;

	from.distance += instruction->load_distance;
	if (instruction->loses_frame)
		path->frame_known = false;
	if (!move_stack(path, instruction))
		return false;
	if (instruction->loaded != INSTRUCTION_NO_REGISTER &&
		saved_index(instruction->loaded) >= 0) {
		if (!known)
			return false;
		load(path, instruction->loaded, from);
	}
	raise_top(path);
	return true;
}

static bool decode(struct walk *walk, uint64_t pc, struct instruction *ret)
{
	struct question *question = walk->question;
	unsigned *left = walk->depth ? &question->called_left : &question->left;
	uint8_t bytes[INSTRUCTION_LENGTH_MAX];

	if (!*left)
		return false;
	--*left;
	size_t length = memory_read(question->code, pc, bytes, sizeof(bytes));
	return instruction_decode(bytes, length, ret);
}

/* false: the path ends here. */
static bool go_on(struct walk *walk, struct path *path, const struct instruction *instruction)
{
	uint64_t next = path->pc + instruction->length;
	uint64_t target = next + (uint64_t)instruction->target;
	bool jumped = path->jumped;

	path->pc = next;
	path->jumped = instruction->flow == FLOW_JUMP;
	switch (instruction->flow) {
	case FLOW_NEXT:
	case FLOW_CALL_INDIRECT:
		return true;
	case FLOW_JUMP:
		path->pc = target;
		return !was_visited(walk, target);
	case FLOW_BRANCH:
		add_path(walk, path, target);
		return true;
	case FLOW_CALL:
		return may_return(walk, target);
	case FLOW_RETURN:
		if (walk->goal != GOAL_PLACE)
			note(walk, path);
		return false;
	case FLOW_JUMP_INDIRECT:
		/* Into another function, maybe, which returns; in a linkage table, certainly. */
		if (walk->goal == GOAL_ANY_RETURN || (walk->goal == GOAL_RETURN && jumped))
			note(walk, path);
		return false;
	case FLOW_TRAP:
		break;
	}
	return false;
}

/* A path that cannot be followed is given up: the others tell. */
static void follow(struct walk *walk, struct path *path)
{
	struct instruction instruction;

	for (;;) {
		if (walk->goal == GOAL_PLACE && path->pc == walk->place) {
			note(walk, path);
			return;
		}
		if (!decode(walk, path->pc, &instruction) || !apply(path, &instruction) ||
			!go_on(walk, path, &instruction))
			return;
	}
}

/* The arrays stay as they are: they are large, and there is a walk for each call on the way. */
static void init(struct walk *walk, struct question *question, enum goal goal, unsigned depth)
{
	walk->question = question;
	walk->goal = goal;
	walk->place = 0;
	walk->depth = depth;
	walk->path_count = 0;
	walk->visited_count = 0;
	walk->found_count = 0;
	walk->failed = false;
}

static bool run(struct walk *walk, uint64_t pc, bool frame_known)
{
	const struct path start = {
		.frame = {.from_frame = true}, .sp_known = true, .frame_known = frame_known};
	unsigned enough = walk->goal == GOAL_RETURN ? RETURNS_MAX : 1;

	add_path(walk, &start, pc);
	while (walk->path_count && !walk->failed && walk->found_count < enough) {
		struct path path = walk->paths[--walk->path_count];

		follow(walk, &path);
	}
	return walk->found_count && !walk->failed;
}

/* Where that cannot be told it is taken for a function like most. */
static bool find_out(const struct walk *walk, uint64_t function)
{
	struct walk inner;

	if (walk->depth == DEPTH_MAX)
		return true;
	init(&inner, walk->question, GOAL_ANY_RETURN, walk->depth + 1);
	return run(&inner, function, false) || inner.failed || !walk->question->called_left;
}

static bool may_return(struct walk *walk, uint64_t function)
{
	struct question *question = walk->question;

	for (unsigned i = 0; i < question->known_count; i++)
		if (question->known[i].function == function)
			return question->known[i].returns;
	bool returns = find_out(walk, function);
	/* Found out further down, it may be no more than a guess. */
	if (question->known_count < KNOWN_MAX && (!returns || walk->depth == 0)) {
		question->known[question->known_count].function = function;
		question->known[question->known_count++].returns = returns;
	}
	return returns;
}

bool code_walk(const struct memory_reader *code, uint64_t pc, struct code_return *ret)
{
	struct question question = {
		.code = code, .left = INSTRUCTIONS_MAX, .called_left = CALLED_MAX};
	struct walk walk;

	init(&walk, &question, GOAL_RETURN, 0);
	if (!run(&walk, pc, true))
		return false;
	*ret = walk.found;
	return true;
}

bool code_walk_depth(
	const struct memory_reader *code, uint64_t entry, uint64_t pc, int64_t *ret_depth)
{
	struct question question = {
		.code = code, .left = INSTRUCTIONS_MAX, .called_left = CALLED_MAX};
	struct walk walk;

	init(&walk, &question, GOAL_PLACE, 0);
	walk.place = pc;
	if (!run(&walk, entry, false) || walk.found.address.from_frame)
		return false;
	*ret_depth = -walk.found.address.distance;
	return true;
}

static const char *const result_moves[] = {
	"\x89\xc7",     /* mov %eax, %edi */
	"\x48\x89\xc7", /* mov %rax, %rdi */
	"\x48\x63\xf8", /* movslq %eax, %rdi: of thrd_create()'s functions, which return int */
};

bool code_hands_result_on(const struct memory_reader *code, uint64_t pc, uint64_t *ret_function)
{
	uint8_t bytes[3 + INSTRUCTION_LENGTH_MAX];
	size_t got = memory_read(code, pc, bytes, sizeof(bytes));

	for (size_t i = 0; i < ARRAY_SIZE(result_moves); i++) {
		size_t length = strlen(result_moves[i]);
		struct instruction call;

		if (got < length || memcmp(bytes, result_moves[i], length) != 0 ||
			!instruction_decode(bytes + length, got - length, &call) ||
			call.flow != FLOW_CALL)
			continue;
		*ret_function = pc + length + call.length + (uint64_t)call.target;
		return true;
	}
	return false;
}
