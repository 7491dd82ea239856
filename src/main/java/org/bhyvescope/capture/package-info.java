/**
 * The flight recorder: when to keep evidence of a VM, and how.
 */
@NullMarked
package org.bhyvescope.capture;

import org.jspecify.annotations.NullMarked;
