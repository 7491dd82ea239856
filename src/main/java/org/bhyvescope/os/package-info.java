/**
 * The operating system's edge: the only package that starts processes (from one allow-list) or calls C.
 */
@NullMarked
package org.bhyvescope.os;

import org.jspecify.annotations.NullMarked;
