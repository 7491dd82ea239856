package org.bhyvescope.os;

/** Whether this is root, as far as the JVM tells: by the name of its user. */
public final class Root {
    private Root() {}

    public static boolean isThisUser() {
        return "root".equals(System.getProperty("user.name"));
    }
}
