/**
 * The simulated host's world, asked for any moment.
 */
@NullMarked
package org.bhyvescope.demo;

import org.jspecify.annotations.NullMarked;
