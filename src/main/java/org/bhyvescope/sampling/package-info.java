/**
 * When to read, and what changed: scheduler, ledger, differences, rates, peaks, a VM's life.
 */
@NullMarked
package org.bhyvescope.sampling;

import org.jspecify.annotations.NullMarked;
