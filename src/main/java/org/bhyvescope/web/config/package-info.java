/**
 * The web configuration file: YAML in the format of Prometheus' exporter-toolkit into certificates, keys and users, judged whole.
 */
@NullMarked
package org.bhyvescope.web.config;

import org.jspecify.annotations.NullMarked;
