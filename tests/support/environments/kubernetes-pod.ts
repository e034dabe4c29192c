/** The variables that Kubernetes injects into every pod of a namespace for one of its services. */
function linksOf(service: string, host: string, port: number, portName?: string) {
  const name = service.toUpperCase().replaceAll('-', '_');
  const address = `tcp://${host}:${port}`;
  return {
    [`${name}_SERVICE_HOST`]: host,
    [`${name}_SERVICE_PORT`]: String(port),
    ...(portName && { [`${name}_SERVICE_PORT_${portName.toUpperCase()}`]: String(port) }),
    [`${name}_PORT`]: address,
    [`${name}_PORT_${port}_TCP`]: address,
    [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_${port}_TCP_PORT`]: String(port),
    [`${name}_PORT_${port}_TCP_ADDR`]: host,
  };
}

/** A pod with the links of many services, some named like our settings or with our prefixes. */
export const kubernetesPod: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOSTNAME: 'face-age-5d6f9c7b8-x2x4z',
  HOME: '/home/node',
  NODE_VERSION: '22.11.0',
  YARN_VERSION: '1.22.22',
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  POD_NAME: 'face-age-5d6f9c7b8-x2x4z',
  POD_NAMESPACE: 'default',
  POD_IP: '10.42.0.17',
  NODE_NAME: 'worker-1',
  NODE_IP: '192.168.1.17',
  AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/face-age',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_STS_REGIONAL_ENDPOINTS: 'regional',
  ...linksOf('kubernetes', '10.43.0.1', 443, 'https'),
  ...linksOf('face-age', '10.43.7.21', 80, 'http'),
  ...linksOf('feedback', '10.43.7.22', 8080, 'http'),
  ...linksOf('retrain', '10.43.7.23', 9091),
  ...linksOf('gate', '10.43.7.24', 80),
  ...linksOf('drift-monitor', '10.43.7.25', 80),
  ...linksOf('canary', 'fd00:10:96::5', 80),
  // One letter from ADMIN_PORT.
  ...linksOf('admit', '10.43.7.26', 80),
  ...linksOf('model-registry', '10.43.7.27', 5000),
  ...linksOf('dns', '10.43.0.10', 53),
  DNS_PORT: 'udp://10.43.0.10:53',
  DNS_PORT_53_UDP: 'udp://10.43.0.10:53',
  DNS_PORT_53_UDP_PROTO: 'udp',
};
