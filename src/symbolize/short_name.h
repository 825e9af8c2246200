#pragma once

#include "base/string_builder.h"

/*
 * Appends the readable name of a function without what only tells which of several alike it is:
 * template and generic arguments, parameter lists, return types, ABI tags, and of "<T as Trait>"
 * the paths. It goes by the text alone, whatever language it is of; what is not understood stays.
 *
 *   std::vector<int, std::allocator<int> >::size() const      std::vector::size
 *   foo(int)::{lambda(char)#1}::operator()(char) const        foo::{lambda#1}
 *   <alloc::vec::Vec<T> as core::ops::drop::Drop>::drop       <Vec as Drop>::drop
 *   core::fmt::num::<impl core::fmt::Debug for u32>::fmt      <u32 as Debug>::fmt
 *   app::run::<u8>::{closure#0}                               app::run::{closure#0}
 *   pure @safe int app.sum!(int).sum(int[])                   app.sum.sum
 *   main.Map[go.shape.int]                                    main.Map
 *
 * The result is never longer than the name, but for a name that is empty.
 */
void short_name_append(struct string_builder *builder, const char *name);
