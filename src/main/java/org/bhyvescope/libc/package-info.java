/**
 * Everything native: calls of the C library through JNA, and the layout of what the vmm kernel module takes and gives, and
 * of what the kernel tells of processes. Only calls that read.
 */
@NullMarked
package org.bhyvescope.libc;

import org.jspecify.annotations.NullMarked;
