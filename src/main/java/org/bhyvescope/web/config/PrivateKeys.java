package org.bhyvescope.web.config;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A private key from a PEM text: PKCS#8, PKCS#1 (RSA) or SEC1 (EC), not encrypted. */
final class PrivateKeys {
    /** 1.2.840.113549.1.1.1. */
    private static final String RSA = "2a864886f70d010101";
    /** 1.2.840.10045.2.1. */
    private static final String EC = "2a8648ce3d0201";

    private static final Map<String, String> ALGORITHMS = Map.of(
            RSA,
            "RSA",
            "2a864886f70d01010a",
            "RSASSA-PSS", // 1.2.840.113549.1.1.10
            EC,
            "EC",
            "2b6570",
            "EdDSA", // 1.3.101.112, Ed25519
            "2b6571",
            "EdDSA"); // 1.3.101.113, Ed448

    private static final byte[] NO_PARAMETERS = {};
    private static final String DECRYPT =
            "; nobody is there to type its passphrase: write it without one (openssl pkey -in OLD -out NEW, mode 0640)";

    private PrivateKeys() {}

    /** @throws BadFileException if there is none, more than one, or one that is not understood */
    static PrivateKey of(String text) throws BadFileException {
        List<Pem> keys = Pem.blocks(text).stream()
                .filter(block -> block.label().endsWith("PRIVATE KEY"))
                .toList();
        if (keys.size() != 1) {
            throw new BadFileException(
                    keys.isEmpty()
                            ? "holds no private key; it must be PEM, with a line -----BEGIN PRIVATE KEY-----"
                            : "holds " + keys.size() + " private keys; leave the certificate's alone in it");
        }
        Pem block = keys.get(0);
        if (block.encrypted()) {
            throw new BadFileException("holds an encrypted private key (" + block.label() + ")" + DECRYPT);
        }
        return switch (block.label()) {
            case "PRIVATE KEY" -> ofPkcs8(block.der());
            case "RSA PRIVATE KEY" -> ofPkcs8(Der.pkcs8(RSA, NO_PARAMETERS, block.der()));
            case "EC PRIVATE KEY" -> ofPkcs8(Der.pkcs8(EC, curve(block.der()), block.der()));
            case "ENCRYPTED PRIVATE KEY" ->
                throw new BadFileException("holds an encrypted private key (PKCS#8)" + DECRYPT);
            default ->
                throw new BadFileException("holds a key of the form " + block.label()
                        + ", which is not understood; PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY are");
        };
    }

    /** The curve that a SEC1 key names (RFC 5915): version, key, [0] parameters. */
    private static byte[] curve(byte[] sec1) throws BadFileException {
        Der fields = Der.of(sec1).next(Der.SEQUENCE);
        fields.next(Der.INTEGER);
        fields.next(Der.OCTET_STRING);
        return fields.optional(Der.CONTEXT_0)
                .orElseThrow(
                        () -> new BadFileException(
                                "holds an EC key that does not name its curve; write it as PKCS#8 (openssl pkey -in OLD -out NEW)"))
                .bytes();
    }

    private static PrivateKey ofPkcs8(byte[] der) throws BadFileException {
        Der fields = Der.of(der).next(Der.SEQUENCE);
        fields.next(Der.INTEGER);
        String oid = HexFormat.of()
                .formatHex(fields.next(Der.SEQUENCE).next(Der.OBJECT_ID).bytes());
        String algorithm = ALGORITHMS.get(oid);
        if (algorithm == null) {
            throw new BadFileException(
                    "holds a key that is not RSA, EC, Ed25519 or Ed448 (object id, hex: " + oid + ")");
        }
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw new BadFileException("holds an " + algorithm + " key that Java does not take: " + e.getMessage());
        }
    }
}
