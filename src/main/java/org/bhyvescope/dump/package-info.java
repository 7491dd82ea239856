/**
 * bhyvectl's texts into records. Pure: no I/O, no clock, no state, and nothing of this project below it.
 */
@NullMarked
package org.bhyvescope.dump;

import org.jspecify.annotations.NullMarked;
