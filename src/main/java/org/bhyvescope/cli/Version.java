package org.bhyvescope.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** This program's version. */
final class Version {
    private static final String RESOURCE = "version.properties";

    private Version() {}

    /** For example {@code 0.1.0}. */
    static String text() {
        Properties properties = new Properties();
        try (InputStream in = Objects.requireNonNull(Version.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
        return properties.getProperty("version", "unknown");
    }
}
