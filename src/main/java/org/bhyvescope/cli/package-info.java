/**
 * One class per command: parses, wires, exits.
 */
@NullMarked
package org.bhyvescope.cli;

import org.jspecify.annotations.NullMarked;
