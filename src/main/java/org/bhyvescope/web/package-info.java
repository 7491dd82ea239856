/**
 * HTTP: metrics, health, a plain page. Nothing that writes.
 */
@NullMarked
package org.bhyvescope.web;

import org.jspecify.annotations.NullMarked;
