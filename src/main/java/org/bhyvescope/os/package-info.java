/**
 * The operating system's edge: the only package that starts processes on a host (from one
 * allow-list) or calls C. The demo starts its own Prometheus in {@code cli}.
 */
@NullMarked
package org.bhyvescope.os;

import org.jspecify.annotations.NullMarked;
