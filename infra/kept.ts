import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * What outlives a durable stage, unless it comes of a deployment that failed at the first attempt:
 * nothing is in it then, and its name would stand in the way of the next one.
 */
export const keptWhen = (durable: boolean): RemovalPolicy =>
  durable ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
