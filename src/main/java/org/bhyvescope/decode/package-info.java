/**
 * What the texts mean: tables (TSV with a source column) and the functions that read them. Pure.
 */
@NullMarked
package org.bhyvescope.decode;

import org.jspecify.annotations.NullMarked;
